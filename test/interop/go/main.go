// A client on Go's own TLS, HTTP/2, gRPC and SSH: it plays an administrator, an access plugin, a requester and a
// reviewer against a running auth service and prints one JSON line a step. It fails if any step does.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

type result struct {
	Step  string `json:"step"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// play runs steps in order and remembers whether any failed.
type play struct {
	failed  bool
	encoder *json.Encoder
}

func (p *play) step(name string, do func() error) {
	line := result{Step: name, OK: true}
	if err := do(); err != nil {
		line.OK, line.Error = false, err.Error()
		p.failed = true
	}
	if err := p.encoder.Encode(line); err != nil {
		panic(err)
	}
}

func main() {
	var options options
	flag.StringVar(&options.address, "address", "", "host:port of the auth service")
	flag.StringVar(&options.cluster, "cluster", "", "name of the cluster")
	flag.StringVar(&options.schema, "schema", "", "directory with descriptors.binpb and methods.json")
	flag.StringVar(&options.identity, "identity", "", "identity file of an administrator")
	flag.StringVar(&options.userIdentity, "user-identity", "", "identity file of the plugin's user")
	flag.StringVar(&options.out, "out", "", "path of the plugin's files without .crt, .key and .cas")
	flag.StringVar(&options.plugin, "plugin", "access-plugin", "name of the plugin's user")
	flag.Parse()
	p := &play{encoder: json.NewEncoder(os.Stdout)}
	if err := playAll(p, options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if p.failed {
		os.Exit(1)
	}
}
