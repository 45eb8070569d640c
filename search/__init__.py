"""Where to look next, and which candidate to return.

Pure: node ids, numbers, matrices and keyed randomness; no clock, no model, no files, and nothing
imported from `synth` or `verifiers`.
"""
