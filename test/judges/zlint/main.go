// Lints every file of a folder: *.crt as certificate, *.crl as revocation list, all DER. Writes one line of JSON for
// each finding.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"
)

type finding struct {
	File   string `json:"file"`
	Lint   string `json:"lint"`
	Status string `json:"status"`
	Detail string `json:"detail"`
}

func main() {
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{
		IncludeSources: lint.SourceList{lint.RFC5280, lint.RFC5480, lint.RFC5891, lint.RFC8813, lint.Community},
	})
	check(err)
	output := json.NewEncoder(os.Stdout)
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.c*"))
	check(err)
	for _, path := range files {
		for name, result := range lintFile(path, registry).Results {
			if result.Status > lint.Pass {
				check(output.Encode(finding{filepath.Base(path), name, result.Status.String(), result.Details}))
			}
		}
	}
}

func lintFile(path string, registry lint.Registry) *zlint.ResultSet {
	der, err := os.ReadFile(path)
	check(err)
	if strings.HasSuffix(path, ".crl") {
		list, err := x509.ParseRevocationList(der)
		check(err)
		return zlint.LintRevocationListEx(list, registry)
	}
	certificate, err := x509.ParseCertificate(der)
	check(err)
	return zlint.LintCertificateEx(certificate, registry)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
