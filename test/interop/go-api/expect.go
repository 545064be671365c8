package main

import (
	"errors"
	"fmt"

	"github.com/gravitational/trace"
)

// refused wants err to be of the kind that the client's own test of errors names.
func refused(is func(error) bool, err error) error {
	if err == nil {
		return errors.New("it was allowed")
	}
	if !is(err) {
		return fmt.Errorf("refused in another way: %w (%T)", err, trace.Unwrap(err))
	}
	return nil
}

func equal[T comparable](what string, got, wanted T) error {
	if got != wanted {
		return fmt.Errorf("%s: got %v, wanted %v", what, got, wanted)
	}
	return nil
}

type named interface{ GetName() string }

func namesOf[T named](resources []T) []string {
	names := make([]string, 0, len(resources))
	for _, resource := range resources {
		names = append(names, resource.GetName())
	}
	return names
}

// contains wants each name once.
func contains(names []string, wanted ...string) error {
	times := map[string]int{}
	for _, name := range names {
		times[name]++
	}
	for _, name := range wanted {
		if times[name] != 1 {
			return fmt.Errorf("%s is listed %d times in %v", name, times[name], names)
		}
	}
	return nil
}

// inOrder runs checks up to the first that fails.
func inOrder(checks ...func() error) error {
	for number, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("part %d: %w", number+1, err)
		}
	}
	return nil
}
