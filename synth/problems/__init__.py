"""How problems are read and checked; the doors are `synth.problem_file`, `synth.problem_lint`."""
