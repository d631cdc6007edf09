"""One file a mode, each reads as one page: gather, plan, execute, report.

They talk to ports only.
"""
