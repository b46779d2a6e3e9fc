"""The maestro* company: SQL on its tables, nothing else."""
