"""Which files SharePoint writes anew after an upload: size and hash become others, the content for people does not.

Source: reference graph-drive.md §1.9 (property promotion). Pure.
"""

from typing import Final

REWRITTEN: Final = frozenset(
    "doc docm docx dot dotm dotx htm html mhtml mpp odp ods odt pdf pot potm potx pps ppsm ppsx ppt pptm pptx pub rtf "
    "vsd vsdm vsdx vssx vstx xls xlsb xlsm xlsx xlt xltm xltx xml xps".split()
)


def may_be_rewritten(name: str) -> bool:
    """Whether another hash than the one sent says nothing about a file of that name."""
    return name.rpartition(".")[2].lower() in REWRITTEN
