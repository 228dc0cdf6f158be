"""What sites ask for: robots.txt, reservations, walls. Pure rules; no socket, no database."""
