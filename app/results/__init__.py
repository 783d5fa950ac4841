"""Result sets: opening them, their clips, and the tables of one video."""
