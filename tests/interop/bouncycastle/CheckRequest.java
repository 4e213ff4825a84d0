import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/** Verifies each certification request (PKCS#10, DER) named on the command line; one line an answer. */
public final class CheckRequest {
    private CheckRequest() {}

    public static void main(String[] files) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        for (String file : files) {
            System.out.println(answer(Files.readAllBytes(Path.of(file))));
        }
    }

    private static String answer(byte[] octets) {
        try {
            PKCS10CertificationRequest request = new PKCS10CertificationRequest(octets);
            JcaContentVerifierProviderBuilder builder = new JcaContentVerifierProviderBuilder().setProvider("BC");
            if (!request.isSignatureValid(builder.build(request.getSubjectPublicKeyInfo()))) {
                return "REFUSED signature does not verify";
            }
            Attribute[] wishes = request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);
            Extensions asked = Extensions.getInstance(wishes[0].getAttributeValues()[0]);
            return "OK " + request.getSubject() + " " + Arrays.toString(asked.getExtensionOIDs());
        } catch (Exception error) {
            return "REFUSED " + String.valueOf(error).replace('\n', ' ');
        }
    }
}
