"""What ``sipagent doctor`` looks at: a module a subject, each check a function."""
