"""The knowledge base: topics and articles, their versions, what readers find and say of them."""
