"""The field's nouns: references, descriptors, manifests, platforms.

Standard library only.
"""
