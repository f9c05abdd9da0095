"""The table of drivers, one line each."""

from devices.datex_dri import DatexDri
from devices.driver import Driver
from devices.masimo_ascii1 import MasimoAscii1

DRIVERS: dict[str, type[Driver]] = {
    "datex_dri": DatexDri,
    "masimo_ascii1": MasimoAscii1,
}
