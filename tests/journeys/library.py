"""The library of the practice company as another client of Graph sees it: nothing of ours is between."""

import ssl

import httpx

from tests.programs import Control


class Drive:
    """The library of the practice company as another client sees it: Graph, and nothing of ours."""

    def __init__(self, control: Control) -> None:
        line = control.line
        form = {
            "grant_type": "client_credentials",
            "client_id": line["client_id"],
            "client_secret": line["client_secret"],
            "scope": "https://graph.microsoft.com/.default",
        }
        address = f"{line['microsoft_login']}/somewhere/oauth2/v2.0/token"
        trust = ssl.create_default_context(cafile=line["ca_file"])
        token = httpx.post(address, data=form, verify=trust, trust_env=False).raise_for_status().json()
        self._root = f"{line['graph']}/v1.0/drives/{line['drive_id']}"
        self._http = httpx.Client(headers={"authorization": f"Bearer {token['access_token']}"}, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def at(self, path: str) -> str:
        return f"{self._root}/root:/{path}"

    def tree(self, path: str) -> dict[str, int]:
        """Path → size below a folder; -1 for folders."""
        found: dict[str, int] = {}
        todo = [(self._http.get(self.at(path)).raise_for_status().json()["id"], "")]
        while todo:
            folder, above = todo.pop()
            address: str | None = f"{self._root}/items/{folder}/children?$top=200"
            while address:
                page = self._http.get(address).raise_for_status().json()
                for row in page["value"]:
                    name = f"{above}/{row['name']}"
                    found[name] = -1 if "folder" in row else row["size"]
                    if "folder" in row:
                        todo.append((row["id"], name))
                address = page.get("@odata.nextLink")
        return found

    def url(self, path: str) -> str:
        """As the browser shows it."""
        return str(self._http.get(self.at(path)).raise_for_status().json()["webUrl"])

    def put(self, path: str, content: bytes) -> None:
        self._http.put(f"{self.at(path)}:/content", content=content).raise_for_status()

    def rename(self, path: str, name: str) -> None:
        self._http.patch(self.at(path), json={"name": name}).raise_for_status()

    def remove(self, path: str) -> None:
        self._http.delete(self.at(path)).raise_for_status()

    def read(self, path: str) -> bytes:
        return self._http.get(f"{self.at(path)}:/content", follow_redirects=True).raise_for_status().content
