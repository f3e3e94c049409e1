"""Reports: figures in columns, with charts of them, as tables, CSV, JSON, pages and paper.

They know nothing of what is counted; the rooms that count say what their columns are called.
"""
