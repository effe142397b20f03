/**
 * A certificate for localhost and 127.0.0.1, and its key. It is kept here because Node creates keys but no
 * certificates, and not every machine has openssl. It protects nothing, and only these specs should trust it.
 *
 * It was created with `openssl ca -selfsign -startdate 20200101000000Z -enddate 21200101000000Z` from an EC key (P-256)
 * and the extension `subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPotCzZcszXm0t008
08leU9XIQrJnKNeJy8OogFx4tGmhRANCAAQrlmGal98nGW2B5r8ueVTBWkOnz5/5
A0y/wOncayQNXQJ9E3uA1FnyNRDlw2k8E9A0B9HLnoUljpBrcwKs2mqq
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBaTCCAQ+gAwIBAgIUVsY5HwKhQf9rCBQeYlLQcd95ywgwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAx
MDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQrlmGal98nGW2B5r8ueVTBWkOnz5/5A0y/wOncayQNXQJ9E3uA1Fny
NRDlw2k8E9A0B9HLnoUljpBrcwKs2mqqoz0wOzAaBgNVHREEEzARgglsb2NhbGhv
c3SHBH8AAAEwHQYDVR0OBBYEFG5HZnB5P8gD0LONfzcI33TPoG5iMAoGCCqGSM49
BAMCA0gAMEUCIQCvWEC88MaI+2ChTFH2Z/CZZn9ulf3+XCCXJexc2uk8ogIgGNau
mwDMtpCGl56gKZpC1/GL1IJ9g8pR9oHjPTFYon8=
-----END CERTIFICATE-----
`,
};
