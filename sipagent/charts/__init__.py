"""Charts as SVG: bars, lines and heat maps, for paper and for pages; they know nothing of calls.

Each has a title and a description for screen readers. What a colour tells is told by a texture, a
dash or a figure as well, so that nobody has to tell colours apart.
"""
