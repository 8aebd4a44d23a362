# Steps of the two trainings; the learning rate falls over the last quarter.
SAM_STEPS=2000
DINO_STEPS=2000
