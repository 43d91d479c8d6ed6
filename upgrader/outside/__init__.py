"""The doors to the world: files, processes, git and the network. Nothing else in the program opens one."""
