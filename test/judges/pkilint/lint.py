"""Lints every file of a folder: *.crt, *.crl and *.ocsp, all DER. Writes one line of JSON for each finding."""

import contextlib
import io
import json
import pathlib
import sys

from pkilint.bin import lint_crl, lint_ocsp_response, lint_pkix_cert

LINTERS = {
    ".crt": (lint_pkix_cert, []),
    ".crl": (lint_crl, ["-t", "CRL", "-p", "PKIX"]),
    ".ocsp": (lint_ocsp_response, []),
}

for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if path.suffix not in LINTERS:
        continue
    linter, options = LINTERS[path.suffix]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        linter.main(["lint", "-s", "DEBUG", "-f", "JSON", *options, str(path)])
    for result in json.loads(printed.getvalue())["results"]:
        for finding in result["finding_descriptions"]:
            print(
                json.dumps(
                    {
                        "file": path.name,
                        "lint": finding["code"],
                        "status": finding["severity"],
                        "detail": f"{result['node_path']}: {finding['message']}",
                    }
                )
            )
