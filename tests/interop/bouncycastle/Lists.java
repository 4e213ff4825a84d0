import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.jcajce.PKIXExtendedParameters;

/** Revocation lists, for Check: what a list says of itself, and a path judged by complete, delta and partitioned lists. */
final class Lists {
    private Lists() {}

    /** Returns number, base, issuing and freshest distribution point and the entries of a list that ISSUER signed. */
    static String describe(String file, String issuer) throws Exception {
        X509CRL list = list(file);
        list.verify(certificate(issuer).getPublicKey(), "BC");
        TreeSet<String> entries = new TreeSet<>();
        if (list.getRevokedCertificates() != null) {
            for (X509CRLEntry entry : list.getRevokedCertificates()) {
                boolean dated = entry.getExtensionValue(Extension.invalidityDate.getId()) != null;
                entries.add(entry.getSerialNumber() + ":" + entry.getRevocationReason() + (dated ? ":dated" : ""));
            }
        }
        ASN1Primitive point = value(list, Extension.issuingDistributionPoint.getId());
        ASN1Primitive freshest = value(list, Extension.freshestCRL.getId());
        return "number=" + integer(list, Extension.cRLNumber.getId())
                + " base=" + integer(list, Extension.deltaCRLIndicator.getId())
                + " point=" + (point == null ? "-" : name(IssuingDistributionPoint.getInstance(point).getDistributionPoint()))
                + " freshest=" + (freshest == null ? "-" : names(CRLDistPoint.getInstance(freshest)))
                + " critical=" + (list.hasUnsupportedCriticalExtension() ? "unsupported" : "known")
                + " entries=" + String.join(",", entries);
    }

    /** Judges a path by PKIX with revocation, from the lists given alone; "-" parts the certificates from the lists. */
    static String judge(String moment, String[] files) throws Exception {
        List<X509Certificate> path = new ArrayList<>();
        List<X509CRL> lists = new ArrayList<>();
        boolean certificates = true;
        for (String file : files) {
            if (file.equals("-")) {
                certificates = false;
            } else if (certificates) {
                path.add(certificate(file));
            } else {
                lists.add(list(file));
            }
        }
        X509Certificate root = path.remove(path.size() - 1);
        CertPath certPath = CertificateFactory.getInstance("X.509", "BC").generateCertPath(path);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(true);
        parameters.setDate(Date.from(Instant.parse(moment)));
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists), "BC"));
        PKIXExtendedParameters extended =
                new PKIXExtendedParameters.Builder(parameters).setUseDeltasEnabled(true).build();
        CertPathValidator.getInstance("PKIX", "BC").validate(certPath, extended);
        return "good";
    }

    private static String integer(X509CRL list, String oid) throws Exception {
        ASN1Primitive found = value(list, oid);
        return found == null ? "-" : ASN1Integer.getInstance(found).getValue().toString();
    }

    private static ASN1Primitive value(X509CRL list, String oid) throws Exception {
        byte[] octets = list.getExtensionValue(oid);
        return octets == null ? null : ASN1Primitive.fromByteArray(ASN1OctetString.getInstance(octets).getOctets());
    }

    private static String names(CRLDistPoint points) {
        List<String> found = new ArrayList<>();
        for (DistributionPoint point : points.getDistributionPoints()) {
            found.add(name(point.getDistributionPoint()));
        }
        return String.join(",", found);
    }

    private static String name(DistributionPointName point) {
        return GeneralNames.getInstance(point.getName()).getNames()[0].getName().toString();
    }

    private static X509CRL list(String file) throws Exception {
        return (X509CRL) CertificateFactory.getInstance("X.509", "BC")
                .generateCRL(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
    }

    private static X509Certificate certificate(String file) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Path.of(file))));
    }
}
