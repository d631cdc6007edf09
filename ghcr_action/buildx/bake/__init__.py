"""Bake, many targets of one definition: what buildx prints of it, what it may do, and the one
call that builds it."""
