"""The table of drivers, one line each."""

from devices.accutorr3_ascii import Accutorr3Ascii
from devices.bbraun_bcc import BBraunBcc
from devices.berry_pm6750 import BerryPm6750
from devices.capnostream import Capnostream
from devices.contec_cms50 import ContecCms50
from devices.contec_cms50_5byte import ContecCms505Byte
from devices.datex_dri import DatexDri
from devices.draeger_medibus import DraegerMedibus
from devices.driver import Driver
from devices.ivy_450c import Ivy450C
from devices.masimo_ascii1 import MasimoAscii1
from devices.medlab_nibp import MedlabNibp
from devices.nellcor_printout import NellcorPrintout
from devices.nonin_ascii import NoninAscii
from devices.nonin_format1 import NoninFormat1
from devices.nonin_format2 import NoninFormat2
from devices.nonin_format7 import NoninFormat7
from devices.nonin_format8 import NoninFormat8
from devices.philips_intellivue import PhilipsIntellivue

DRIVERS: dict[str, type[Driver]] = {
    "accutorr3_ascii": Accutorr3Ascii,
    "bbraun_bcc": BBraunBcc,
    "berry_pm6750": BerryPm6750,
    "capnostream": Capnostream,
    "contec_cms50": ContecCms50,
    "contec_cms50_5byte": ContecCms505Byte,
    "datex_dri": DatexDri,
    "draeger_medibus": DraegerMedibus,
    "ivy_450c": Ivy450C,
    "masimo_ascii1": MasimoAscii1,
    "medlab_nibp": MedlabNibp,
    "nellcor_printout": NellcorPrintout,
    "nonin_ascii": NoninAscii,
    "nonin_format1": NoninFormat1,
    "nonin_format2": NoninFormat2,
    "nonin_format7": NoninFormat7,
    "nonin_format8": NoninFormat8,
    "philips_intellivue": PhilipsIntellivue,
}
