"""ComfyUI: workflows as templates, one server, the choice among several, and progress of a running order."""
