from ghcr_action import main

main.entrypoint()
