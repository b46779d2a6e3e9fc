"""The command line: what can be typed, what each verb does, what is printed and how it went."""

from maestro_procore.cli.verbs import main as main
