"""The apps that a run serves: our screen, and the same screen built in other ways."""
