import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.DefaultCMSSignatureAlgorithmNameGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Selector;
import org.bouncycastle.util.Store;

/**
 * A second opinion by BouncyCastle. Reads one check a line from standard input, the words parted by tabs, and answers each
 * with one line: "OK <what was found>" or "REFUSED <why>".
 *
 *   cms   MESSAGE CONTENT|-              every signer of a message, attached (-) or over CONTENT
 *   chain RFC3339 LEAF [INTERMEDIATE…] ROOT
 *   crl   CRL ISSUER SERIAL              the CRL is the issuer's; answers whether SERIAL (decimal) is revoked
 *   ocsp  RESPONSE ISSUER SERIAL         the response is of the issuer or its responder; what it says of SERIAL (decimal)
 *   list  CRL ISSUER                     the CRL is the issuer's; what it says of itself, and its entries
 *   judge RFC3339 LEAF [INTERMEDIATE…] ROOT - CRL…    PKIX with revocation, deltas and partitions
 *   token TOKEN CONTENT                  a time-stamp token over CONTENT
 *   reply QUERY REPLY CERTIFICATE        the reply answers the query under the authority's certificate
 *   sm2-envelope MESSAGE KEY             what an envelope for one SM2 key holds, by its digest; rsa-envelope likewise
 *   sm2-signed-envelope MESSAGE KEY      the same of SignedAndEnvelopedData, and who signed
 *   agree A|B …                          one side of SM2 key agreement: see Agreement
 *   stream KEY CERTIFICATE CONTENT OUT   writes a signed message in BER
 */
public final class Check {
    /** GB/T 35275 names the signature 1.2.156.10197.1.301.1, which BouncyCastle does not know by itself. */
    private static final class Names extends DefaultCMSSignatureAlgorithmNameGenerator {
        Names() {
            setSigningEncryptionAlgorithmMapping(new ASN1ObjectIdentifier("1.2.156.10197.1.301.1"), "SM2");
            setSigningDigestAlgorithmMapping(new ASN1ObjectIdentifier("1.2.156.10197.1.401"), "SM3");
        }
    }

    private Check() {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(line.split("\t")));
        }
    }

    private static String answer(String[] words) {
        try {
            switch (words[0]) {
                case "cms":
                    return "OK " + cms(words[1], words[2]);
                case "chain":
                    return "OK " + chain(words[1], Arrays.copyOfRange(words, 2, words.length));
                case "crl":
                    return "OK " + crl(words[1], words[2], words[3]);
                case "list":
                    return "OK " + Lists.describe(words[1], words[2]);
                case "judge":
                    return "OK " + Lists.judge(words[1], Arrays.copyOfRange(words, 2, words.length));
                case "reply":
                    return "OK " + reply(words[1], words[2], words[3]);
                case "ocsp":
                    return "OK " + ocsp(words[1], words[2], words[3]);
                case "token":
                    return "OK " + token(words[1], words[2]);
                case "sm2-envelope":
                    return "OK " + Envelopes.openSm2(words[1], words[2], false);
                case "sm2-signed-envelope":
                    return "OK " + Envelopes.openSm2(words[1], words[2], true);
                case "rsa-envelope":
                    return "OK " + Envelopes.openRsa(words[1], words[2]);
                case "agree":
                    return "OK " + Agreement.agree(Arrays.copyOfRange(words, 1, words.length));
                case "stream":
                    return "OK " + Envelopes.stream(words[1], words[2], words[3], words[4]);
                default:
                    return "REFUSED unknown check " + words[0];
            }
        } catch (Exception error) {
            return "REFUSED " + String.valueOf(error).replace('\n', ' ');
        }
    }

    private static String cms(String message, String content) throws Exception {
        byte[] octets = read(message);
        return content.equals("-")
                ? signers(octets)
                : signers(new CMSSignedData(new CMSProcessableByteArray(read(content)), octets));
    }

    /** Returns the subjects of all signers of an attached message, each of whose signatures holds. */
    static String signers(byte[] octets) throws Exception {
        return signers(new CMSSignedData(octets));
    }

    private static String signers(CMSSignedData data) throws Exception {
        Collection<SignerInformation> signers = data.getSignerInfos().getSigners();
        if (signers.isEmpty()) {
            throw new IllegalStateException("no signer");
        }
        List<String> subjects = new ArrayList<>();
        for (SignerInformation signer : signers) {
            X509CertificateHolder holder = only(data.getCertificates(), signer.getSID());
            if (!signer.verify(verifier(holder))) {
                throw new IllegalStateException("signature does not verify");
            }
            subjects.add(holder.getSubject().toString());
        }
        return String.join("; ", subjects);
    }

    private static String chain(String moment, String[] files) throws Exception {
        List<X509Certificate> path = new ArrayList<>();
        for (String file : files) {
            path.add(certificate(file));
        }
        X509Certificate root = path.remove(path.size() - 1);
        CertPath certificates = CertificateFactory.getInstance("X.509", "BC").generateCertPath(path);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(Instant.parse(moment)));
        CertPathValidator.getInstance("PKIX", "BC").validate(certificates, parameters);
        return path.get(0).getSubjectX500Principal().getName();
    }

    private static String crl(String file, String issuer, String serial) throws Exception {
        X509CRL list = (X509CRL) CertificateFactory.getInstance("X.509", "BC")
                .generateCRL(new ByteArrayInputStream(read(file)));
        list.verify(certificate(issuer).getPublicKey(), "BC");
        return list.getRevokedCertificate(new java.math.BigInteger(serial)) == null ? "good" : "revoked";
    }

    private static String ocsp(String file, String issuer, String serial) throws Exception {
        BasicOCSPResp basic = (BasicOCSPResp) new OCSPResp(read(file)).getResponseObject();
        X509CertificateHolder authority = new X509CertificateHolder(read(issuer));
        X509CertificateHolder signer = basic.getCerts().length == 0 ? authority : basic.getCerts()[0];
        JcaContentVerifierProviderBuilder verifiers = new JcaContentVerifierProviderBuilder().setProvider("BC");
        if (signer != authority && !signer.isSignatureValid(verifiers.build(authority))) {
            throw new IllegalStateException("a responder of another issuer");
        }
        if (!basic.isSignatureValid(verifiers.build(signer))) {
            throw new IllegalStateException("signature");
        }
        DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
        List<String> found = new ArrayList<>();
        for (SingleResp single : basic.getResponses()) {
            CertificateID id = single.getCertID();
            if (id.getSerialNumber().equals(new java.math.BigInteger(serial)) && id.matchesIssuer(authority, digests)) {
                Object status = single.getCertStatus();
                found.add(status == null ? "good" : status instanceof RevokedStatus ? "revoked" : "unknown");
            }
        }
        return String.join(" ", found);
    }

    private static String token(String file, String content) throws Exception {
        TimeStampToken token = new TimeStampToken(new CMSSignedData(read(file)));
        X509CertificateHolder holder = only(token.getCertificates(), token.getSID());
        token.validate(verifier(holder));
        String algorithm = token.getTimeStampInfo().getMessageImprintAlgOID().getId();
        byte[] digest = java.security.MessageDigest.getInstance(algorithm, "BC").digest(read(content));
        if (!Arrays.equals(digest, token.getTimeStampInfo().getMessageImprintDigest())) {
            throw new IllegalStateException("imprint of other octets");
        }
        return token.getTimeStampInfo().getGenTime().toInstant() + " " + token.getTimeStampInfo().getSerialNumber();
    }

    private static String reply(String query, String file, String certificate) throws Exception {
        TimeStampResponse response = new TimeStampResponse(read(file));
        response.validate(new TimeStampRequest(read(query)));
        TimeStampToken token = response.getTimeStampToken();
        if (token == null) {
            throw new IllegalStateException("no token: " + response.getStatusString());
        }
        token.validate(verifier(new X509CertificateHolder(read(certificate))));
        return token.getTimeStampInfo().getGenTime().toInstant() + " " + token.getTimeStampInfo().getSerialNumber();
    }

    private static SignerInformationVerifier verifier(X509CertificateHolder holder) throws Exception {
        return new JcaSignerInfoVerifierBuilder(
                        new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
                .setProvider("BC")
                .setSignatureAlgorithmNameGenerator(new Names())
                .setSignatureAlgorithmFinder(new DefaultSignatureAlgorithmIdentifierFinder())
                .build(holder);
    }

    @SuppressWarnings("unchecked") // SignerId is a raw Selector
    private static X509CertificateHolder only(Store<X509CertificateHolder> store, Selector<X509CertificateHolder> which) {
        Collection<X509CertificateHolder> found = store.getMatches(which);
        if (found.size() != 1) {
            throw new IllegalStateException(found.size() + " certificates for the signer");
        }
        return found.iterator().next();
    }

    private static X509Certificate certificate(String file) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
                .generateCertificate(new ByteArrayInputStream(read(file)));
    }

    private static byte[] read(String file) throws Exception {
        return Files.readAllBytes(Path.of(file));
    }
}
