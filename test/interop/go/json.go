package main

import (
	"encoding/base64"
	"fmt"
)

// within gives a message inside a message; an empty one where there is none.
func within(message object, name string) object {
	found, _ := message[name].(object)
	return found
}

// list gives the messages of a repeated field.
func list(message object, name string) []object {
	items, _ := message[name].([]any)
	found := make([]object, 0, len(items))
	for _, item := range items {
		if one, ok := item.(object); ok {
			found = append(found, one)
		}
	}
	return found
}

func bytesOf(value any) []byte {
	text, _ := value.(string)
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return decoded
}

// nameOf gives the name of a resource in the old form, and its revision.
func nameOf(resource object) (name, revision string) {
	metadata := within(resource, "Metadata")
	name, _ = metadata["Name"].(string)
	revision, _ = metadata["Revision"].(string)
	return name, revision
}

// equal wants two plain values to be the same.
func equal(what string, got, want any) error {
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return nil
	}
	return fmt.Errorf("%s is %v, not %v", what, got, want)
}
