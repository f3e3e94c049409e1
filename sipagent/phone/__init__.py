"""The test phone: a caller who follows a script, listens, and says whether the call went well."""
