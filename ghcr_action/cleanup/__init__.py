"""What of a package may go: versions, manifests and rules to a plan."""
