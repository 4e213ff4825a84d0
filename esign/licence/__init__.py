"""Electronic licences (电子证照): identifier, holder codes, metadata, status, issuance."""
