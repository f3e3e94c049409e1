"""What a running line is told by other programs of this machine: commands, the panel."""
