// Opens and makes CSRResponse (GM/T 0092) with github.com/emmansun/gmsm: a peer for what trustkit writes and reads.
//
//	peer open SIGNING_KEY.der RESPONSE.der            prints the private scalar of the enveloped key in hexadecimal
//	peer make ENCRYPTION_KEY.der SIGNING.cer ENCRYPTION.cer   prints a response in hexadecimal
package main

import (
	"encoding/hex"
	"fmt"
	"os"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	switch {
	case len(words) == 3 && words[0] == "open":
		key, err := privateKey(words[1])
		if err != nil {
			return err
		}
		data, err := os.ReadFile(words[2])
		if err != nil {
			return err
		}
		response, err := smx509.ParseCSRResponse(key, data)
		if err != nil {
			return err
		}
		if response.EncryptPrivateKey == nil {
			fmt.Println("none")
			return nil
		}
		fmt.Println(hex.EncodeToString(response.EncryptPrivateKey.D.FillBytes(make([]byte, 32))))
		return nil
	case len(words) == 4 && words[0] == "make":
		key, err := privateKey(words[1])
		if err != nil {
			return err
		}
		signing, err := certificate(words[2])
		if err != nil {
			return err
		}
		encryption, err := certificate(words[3])
		if err != nil {
			return err
		}
		data, err := smx509.MarshalCSRResponse([]*smx509.Certificate{signing}, key, []*smx509.Certificate{encryption})
		if err != nil {
			return err
		}
		fmt.Println(hex.EncodeToString(data))
		return nil
	}
	return fmt.Errorf("open or make")
}

func privateKey(path string) (*sm2.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := smx509.ParsePKCS8PrivateKey(data)
	if err != nil {
		return nil, err
	}
	found, ok := key.(*sm2.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%T is no SM2 key", key)
	}
	return found, nil
}

func certificate(path string) (*smx509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return smx509.ParseCertificate(data)
}
