"""All attacks, by assignment."""

from tests.attacks import (
    bombs,
    comparisons,
    crashes,
    files,
    hangs,
    honest,
    leftovers,
    malformed,
    names,
    networks,
    oracles,
    outputs,
    patches,
    protocol,
    real,
    stealing,
    tampering,
)

MODULES = (
    *(comparisons, tampering, stealing, oracles, files, crashes, hangs, bombs, leftovers, protocol),
    *(patches, malformed, names, outputs, honest, real, networks),
)
ATTACKS = [attack for module in MODULES for attack in module.GROUP.attacks]
TOY = [attack for attack in ATTACKS if attack.assignment == "toy"]
REAL = [attack for attack in ATTACKS if attack.assignment != "toy"]
