import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.Security;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.core.signatures.SigType;
import org.ofdrw.gm.ses.parse.SESVersion;
import org.ofdrw.gm.ses.parse.SESVersionHolder;
import org.ofdrw.gm.ses.parse.VersionParser;
import org.ofdrw.gm.ses.v4.SESeal;
import org.ofdrw.gm.ses.v4.SES_ESPropertyInfo;
import org.ofdrw.sign.verify.container.SESV1ValidateContainer;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/** ofdrw's opinion of seals and of what is signed with them: a line of words in, parted by tabs, a line out. */
public class Seals {
    private static final String SM2_WITH_SM3 = "1.2.156.10197.1.501";

    public static void main(String[] none) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split("\t");
            String answer;
            try {
                switch (words[0]) {
                    case "seal": answer = "OK " + seal(read(words[1])); break;
                    case "signature": answer = "OK " + signature(read(words[1]), read(words[2])); break;
                    default: answer = "REFUSED unknown question";
                }
            } catch (Exception error) {
                answer = "REFUSED " + error.getClass().getSimpleName() + " " + error.getMessage();
            }
            out.println(answer.replace('\n', ' '));
        }
    }

    private static byte[] read(String path) throws Exception {
        return Files.readAllBytes(Paths.get(path));
    }

    /** The edition, the number, the name, how many are listed, and whether the maker's signature holds over the seal info. */
    private static String seal(byte[] octets) throws Exception {
        SESVersionHolder found = VersionParser.parseSES_SealVersion(octets);
        if (found.getVersion() == SESVersion.v1) {
            org.ofdrw.gm.ses.v1.SESeal old = found.getInstanceV1Seal();
            org.ofdrw.gm.ses.v1.SES_ESPropertyInfo property = old.getEsealInfo().getProperty();
            return "v1 " + old.getEsealInfo().getEsID().getString() + " " + property.getName().getString() + " "
                + property.getCertList().size() + " " + old.getEsealInfo().getPicture().getWidth().getValue();
        }
        SESeal seal = found.getInstanceV4Seal();
        SES_ESPropertyInfo property = seal.geteSealInfo().getProperty();
        Certificate maker = CertificateFactory.getInstance("X.509", "BC")
            .generateCertificate(new ByteArrayInputStream(seal.getCert().getOctets()));
        Signature check = Signature.getInstance(SM2_WITH_SM3, "BC");
        check.initVerify(maker);
        check.update(seal.geteSealInfo().getEncoded("DER"));
        if (!check.verify(seal.getSignedValue().getOctets())) {
            throw new SecurityException("the maker's signature does not hold");
        }
        return "v4 " + seal.geteSealInfo().getEsID().getString() + " " + property.getName().getString() + " "
            + property.getCertListType().getValue() + " " + seal.geteSealInfo().getPicture().getWidth().getValue();
    }

    /** The edition, once ofdrw's own container accepts the value over the content. */
    private static String signature(byte[] value, byte[] content) throws Exception {
        SESVersion version = VersionParser.parseSES_SignatureVersion(value).getVersion();
        if (version == SESVersion.v1) {
            new SESV1ValidateContainer().validate(SigType.Seal, SM2_WITH_SM3, content, value);
        } else {
            new SESV4ValidateContainer().validate(SigType.Seal, SM2_WITH_SM3, content, value);
        }
        return version.toString();
    }
}
