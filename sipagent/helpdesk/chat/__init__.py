"""Chats: somebody asks in the browser, an agent answers there, and nothing of it is lost."""
