"""The 12-Factor Process as files in a repository: facts, plan, apply, check, update, remove."""
