"""The pages of the panel, by subject; each module has ``ROUTES``."""
