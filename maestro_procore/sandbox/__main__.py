"""`python -m maestro_procore.sandbox`: the verb `sandbox` without the rest of the program."""

from maestro_procore.sandbox.server import main

raise SystemExit(main())
