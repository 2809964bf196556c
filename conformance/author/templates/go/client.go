// A toy client in the place of your library: plain HTTP, nothing verified, nothing retried. Replace it.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Version is the library's.
const Version = "0.0.0"

// The library's errors.
var (
	ErrRepositoryNotFound = errors.New("hub.ErrRepositoryNotFound")
	ErrGatedRepo          = errors.New("hub.ErrGatedRepo")
	ErrRevisionNotFound   = errors.New("hub.ErrRevisionNotFound")
	ErrEntryNotFound      = errors.New("hub.ErrEntryNotFound")
	ErrOffline            = errors.New("hub.ErrOffline")
	ErrConnection         = errors.New("hub.ErrConnection")
	ErrInvalidArgument    = errors.New("hub.ErrInvalidArgument")
	ErrInvalidResponse    = errors.New("hub.ErrInvalidResponse")
)

// HTTPError is an answer of 400 or above.
type HTTPError struct {
	Status  int
	Message string
	Meaning error
}

func (e *HTTPError) Error() string { return e.Message }
func (e *HTTPError) Unwrap() error { return e.Meaning }

var codes = map[string]error{
	"RepoNotFound":     ErrRepositoryNotFound,
	"GatedRepo":        ErrGatedRepo,
	"RevisionNotFound": ErrRevisionNotFound,
	"EntryNotFound":    ErrEntryNotFound,
}

// Hub holds the endpoint, the caller, and the folder of files.
type Hub struct {
	Endpoint, CacheDir, Token, CAFile string
	Offline                           bool
}

// DatasetInfo is the Hub's own answer.
func (hub *Hub) DatasetInfo(repoID, revision string) (map[string]any, error) {
	address := hub.Endpoint + "/api/datasets/" + repoID
	if revision != "" {
		address += "/revision/" + url.PathEscape(revision)
	}
	_, body, err := hub.get(address)
	if err != nil {
		return nil, err
	}
	var info map[string]any
	if err := json.Unmarshal(body, &info); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInvalidResponse, err)
	}
	return info, nil
}

// Download returns where the file lies.
func (hub *Hub) Download(repoType, repoID, filename, revision string) (string, error) {
	parts := strings.Split(filename, "/")
	names := []string{}
	for _, part := range parts {
		if part == ".." || parts[0] == "" {
			return "", fmt.Errorf("%w: %s is no path in a repository", ErrInvalidArgument, filename)
		}
		names = append(names, url.PathEscape(part))
	}
	kind := repoType + "s/"
	if repoType == "model" {
		kind = ""
	}
	address := hub.Endpoint + "/" + kind + repoID + "/resolve/" + url.PathEscape(revision) + "/" + strings.Join(names, "/")
	headers, body, err := hub.get(address)
	if err != nil {
		return "", err
	}
	commit := headers.Get("X-Repo-Commit")
	if commit == "" {
		return "", fmt.Errorf("%w: no commit", ErrInvalidResponse)
	}
	folder := repoType + "s--" + strings.ReplaceAll(repoID, "/", "--")
	file := filepath.Join(append([]string{hub.CacheDir, folder, "snapshots", commit}, parts...)...)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, body, 0o666)
}

// The headers of the first answer, and the body of the last.
func (hub *Hub) get(address string) (http.Header, []byte, error) {
	if hub.Offline {
		return nil, nil, ErrOffline
	}
	transport := &http.Transport{DisableKeepAlives: true}
	if hub.CAFile != "" {
		pem, err := os.ReadFile(hub.CAFile)
		if err != nil {
			return nil, nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	client := &http.Client{
		Transport:     transport,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var first http.Header
	for hops := 0; hops < 5; hops++ {
		request, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %v", ErrInvalidArgument, err)
		}
		request.Header.Set("User-Agent", "@NAME@/"+Version)
		if hub.Token != "" && strings.HasPrefix(address, hub.Endpoint+"/") {
			request.Header.Set("Authorization", "Bearer "+hub.Token)
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %v", ErrConnection, err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %v", ErrConnection, err)
		}
		if first == nil {
			first = response.Header
		}
		next, _ := response.Location()
		switch {
		case response.StatusCode >= 400:
			said := response.Header.Get("X-Error-Message")
			if said == "" {
				said = "the Hub answered " + response.Status
			}
			meaning := codes[response.Header.Get("X-Error-Code")]
			return nil, nil, &HTTPError{response.StatusCode, said, meaning}
		case response.StatusCode >= 300 && next != nil:
			address = next.String()
		default:
			return first, body, nil
		}
	}
	return nil, nil, errors.New("too many redirects")
}
