# Tomograms, and steps of the two trainings; the learning rate falls over the last quarter.
TOMOGRAMS=96
SAM_STEPS=4300
DINO_STEPS=3800
