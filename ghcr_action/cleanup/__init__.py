"""What of a package may go: versions, manifests and rules to a plan. Pure, so that its promise can
be tested: no kept image breaks."""
