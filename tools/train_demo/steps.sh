# What the shipped weights were trained for.
TOMOGRAMS=96  # no fewer: the trainings wait for them all (Pool in common.py)
SAM_STEPS="--steps 5000 --encoder-steps 700 --ends-from 2300"
DINO_STEPS="--steps 5200 --until 3600"
DINO_HEARTS_STEPS="--hearts --steps 2800 --rate 8e-4 --hard-from 1600"
