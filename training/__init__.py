"""Fine-tune an encoder on labelled statements, measure it, and write it as an artifact. Knows `data`, not `serving`."""
