import gc

YOUNG = 2_000  # objects more than before, until garbage that holds itself is looked for: a message makes hundreds


def run() -> None:
    """Reading modules makes next to no garbage: looking for it meanwhile is a tenth of the time a start takes."""
    gc.disable()
    from chat.cli import main

    gc.freeze()  # what was read stays for good, and is not looked through again
    gc.set_threshold(YOUNG)
    gc.enable()
    main()


run()
