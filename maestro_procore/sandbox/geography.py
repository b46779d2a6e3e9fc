"""Countries and states that the API knows: ISO 3166-1 alpha-2, and the states of the countries it checks.

Source: trap 13 of the reference (state_code must be valid for country_code; Canadian provinces by name).
"""

from maestro_procore.sandbox.answers import Errors
from maestro_procore.sandbox.visits import Visit
from maestro_procore.sandbox.world import Row

COUNTRIES = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW""".split()
)

STATES = {
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "US": frozenset(
        """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH
        OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI""".split()
    ),
}


def state_of_country(row: Row, _before: Row | None, _visit: Visit) -> Errors:
    """A rule of every record with an address: country_code is one, state_code belongs to it."""
    country, state = row.get("country_code"), row.get("state_code")
    if country and country not in COUNTRIES:
        return {"country_code": ["is not a valid country code"]}
    if state and country in STATES and state not in STATES[country]:
        return {"state_code": [f"is not a valid state of {country}"]}
    if state and not country and not any(state in states for states in STATES.values()):
        return {"state_code": ["is not a valid state"]}
    return {}
