"""Arabic news as data: records, readers, normalisation, extraction of statements, labelled sets, the artifact's card.

Knows no model framework and imports neither `training` nor `serving`.
"""
