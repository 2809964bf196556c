// The shim of @NAME@: reads calls from standard input, a JSON object a line, and answers each on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

type object = map[string]any

type message struct {
	Type      string
	ID        int
	Operation string
	Arguments object
	Context   struct {
		Endpoint *string
		CacheDir *string `json:"cache_dir"`
		Token    *string
		Offline  bool
		CAFile   *string `json:"ca_file"`
	}
}

// One operation is one public call of the library, with the arguments that it takes.
type operation struct {
	takes []string
	call  func(hub *Hub, given object) (any, error)
}

// Your library here.
var operations = map[string]operation{
	"hf_hub_download": {
		[]string{"repo_id", "filename", "repo_type", "revision", "token", "cache_dir"},
		func(hub *Hub, given object) (any, error) {
			file, err := hub.Download(text(given, "repo_type", "model"), text(given, "repo_id", ""),
				text(given, "filename", ""), text(given, "revision", "main"))
			if err != nil {
				return nil, err
			}
			absolute, err := filepath.Abs(file)
			return object{"path": absolute}, err
		},
	},
	"dataset_info": {
		[]string{"repo_id", "revision", "token"},
		func(hub *Hub, given object) (any, error) {
			info, err := hub.DatasetInfo(text(given, "repo_id", ""), text(given, "revision", ""))
			if err != nil {
				return nil, err
			}
			siblings := []object{}
			listed, _ := info["siblings"].([]any)
			for _, one := range listed {
				name := one.(object)["rfilename"]
				siblings = append(siblings, object{"rfilename": name, "size": nil, "blob_id": nil, "lfs": nil})
			}
			return object{ // null for what the library does not know
				"id":                 info["id"],
				"author":             info["author"],
				"sha":                info["sha"],
				"created_at":         timestamp(info["createdAt"]),
				"last_modified":      timestamp(info["lastModified"]),
				"private":            info["private"],
				"gated":              info["gated"],
				"disabled":           info["disabled"],
				"downloads":          info["downloads"],
				"downloads_all_time": nil,
				"likes":              info["likes"],
				"used_storage":       info["usedStorage"],
				"tags":               info["tags"],
				"siblings":           siblings,
				"card_data":          info["cardData"],
				"description":        info["description"],
				"citation":           info["citation"],
				"paperswithcode_id":  info["paperswithcode_id"],
			}, nil
		},
	},
}

// JSON has no times.
func timestamp(text any) any {
	if text == nil {
		return nil
	}
	return object{"$timestamp": text}
}

// The library's errors, each as one of the kinds in `hub-conformance docs protocol`.
var kinds = map[error]string{
	ErrRepositoryNotFound: "repository_not_found",
	ErrGatedRepo:          "gated_repo",
	ErrRevisionNotFound:   "revision_not_found",
	ErrEntryNotFound:      "entry_not_found",
	ErrOffline:            "offline",
	ErrConnection:         "connection",
	ErrInvalidArgument:    "invalid_argument",
	ErrInvalidResponse:    "invalid_response",
}

func main() {
	answers := json.NewEncoder(os.Stdout)
	os.Stdout = os.Stderr // what the library prints goes to standard error
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n') // a Scanner would stop at a line of 64 KiB
		if err != nil {
			return
		}
		var asked message
		if err := json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var made object
		switch asked.Type {
		case "bye":
			return
		case "hello":
			made = welcome()
		default:
			made = answer(asked)
		}
		made["id"] = asked.ID
		if err := answers.Encode(made); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func welcome() object {
	names := []string{}
	for name := range operations {
		names = append(names, name)
	}
	port := object{
		"name": "@NAME@", "version": Version, "language": "go", "runtime": runtime.Version(), "operations": names,
	}
	return object{"type": "welcome", "protocol": 1, "port": port}
}

func answer(asked message) object {
	known, found := operations[asked.Operation]
	if !found {
		return object{"type": "unimplemented", "reason": "the shim does not know " + asked.Operation}
	}
	for name := range asked.Arguments {
		if !strings.Contains(" "+strings.Join(known.takes, " ")+" ", " "+name+" ") {
			return object{"type": "unsupported", "reason": asked.Operation + " has no parameter " + name}
		}
	}
	value, err := known.call(hubFor(asked), asked.Arguments)
	if err == nil {
		return object{"type": "result", "value": value}
	}
	failed := object{"type": "error", "kind": "other", "native": fmt.Sprintf("%T", err), "message": err.Error()}
	for one, kind := range kinds {
		if errors.Is(err, one) {
			failed["kind"], failed["native"] = kind, one.Error()
		}
	}
	var answered *HTTPError
	if errors.As(err, &answered) {
		failed["status"] = answered.Status
		if answered.Meaning == nil {
			failed["kind"] = "http_error"
		}
	}
	return failed
}

// The context's endpoint, cache and token, overridden by those of the arguments.
func hubFor(asked message) *Hub {
	hub := &Hub{Endpoint: "https://huggingface.co", Offline: asked.Context.Offline}
	if asked.Context.Endpoint != nil {
		hub.Endpoint = *asked.Context.Endpoint
	}
	if asked.Context.CacheDir != nil {
		hub.CacheDir = *asked.Context.CacheDir
	}
	hub.CacheDir = text(asked.Arguments, "cache_dir", hub.CacheDir)
	if asked.Context.Token != nil {
		hub.Token = *asked.Context.Token
	}
	switch given := asked.Arguments["token"].(type) {
	case string:
		hub.Token = given
	case bool:
		if !given {
			hub.Token = ""
		}
	}
	if asked.Context.CAFile != nil {
		hub.CAFile = *asked.Context.CAFile
	}
	return hub
}

func text(given object, name, otherwise string) string {
	if value, ok := given[name].(string); ok {
		return value
	}
	return otherwise
}
