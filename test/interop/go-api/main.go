// The official client of the API, unmodified, against a running auth service. It plays an administrator, an access
// plugin, a requester and a reviewer, as plugins, the Terraform provider, the event handler and tctl do, and prints one
// JSON line a step. It fails if any step does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const stepTimeout = 20 * time.Second

type options struct {
	address, cluster, host, admin, plugin string
}

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

func (p *play) step(name string, do func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	line := result{Step: name, OK: true}
	if err := do(ctx); err != nil {
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
	flag.StringVar(&options.host, "host", "", "identity file of the administrator of the host")
	flag.StringVar(&options.admin, "admin", "", "identity file of a user who administers the cluster")
	flag.StringVar(&options.plugin, "plugin", "", "path of the plugin's files without .crt, .key and .cas")
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

func playAll(p *play, options options) error {
	c := &cast{options: options}
	defer c.close()
	playConnection(p, c)
	if p.failed {
		return errors.New("nobody is connected, so the rest is not played")
	}
	playPeople(p, c)
	playCertificates(p, c)
	if p.failed {
		return errors.New("the people of the story are not there, so the rest is not played")
	}
	playConfiguration(p, c)
	playResources(p, c)
	playAuthorities(p, c)
	playClusters(p, c)
	playDatabases(p, c)
	playWorkloads(p, c)
	playRotation(p, c)
	playRequests(p, c)
	playPages(p, c)
	playWatches(p, c)
	playAudit(p, c)
	playRenewal(p, c)
	playRestart(p, c)
	return nil
}
