# Tomograms, and steps of the two trainings; the learning rate falls over the last quarter.
TOMOGRAMS=96
SAM_STEPS=6500
DINO_STEPS=6500
