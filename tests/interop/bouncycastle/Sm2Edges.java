import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.gm.GMNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.util.encoders.Hex;

/**
 * BouncyCastle's opinion of SM2 vectors. Reads one vector a line, the words parted by tabs, octets in hexadecimal, and answers each
 * with "valid" or "invalid".
 *
 *   verify SPKI ID MESSAGE SIGNATURE
 *   decrypt SCALAR C1C3C2|C1C2C3 CIPHERTEXT PLAINTEXT
 *   key SPKI
 */
public final class Sm2Edges {
    private static final X9ECParameters CURVE = GMNamedCurves.getByName("sm2p256v1");
    private static final ECDomainParameters DOMAIN =
        new ECDomainParameters(CURVE.getCurve(), CURVE.getG(), CURVE.getN(), CURVE.getH());

    private Sm2Edges() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            boolean good;
            try {
                good = judge(line.split("\t", -1));
            } catch (Exception refused) {
                good = false;
            }
            System.out.println(good ? "valid" : "invalid");
        }
    }

    private static boolean judge(String[] words) throws Exception {
        switch (words[0]) {
            case "verify":
                SM2Signer signer = new SM2Signer();
                signer.init(false, new ParametersWithID(key(words[1]), Hex.decode(words[2])));
                byte[] message = Hex.decode(words[3]);
                signer.update(message, 0, message.length);
                return signer.verifySignature(Hex.decode(words[4]));
            case "decrypt":
                SM2Engine engine = new SM2Engine(SM2Engine.Mode.valueOf(words[2]));
                engine.init(false, new ECPrivateKeyParameters(new BigInteger(words[1], 16), DOMAIN));
                byte[] data = Hex.decode(words[3]);
                return Arrays.equals(engine.processBlock(data, 0, data.length), Hex.decode(words[4]));
            case "key":
                return key(words[1]).getQ().isValid();
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static ECPublicKeyParameters key(String spki) throws Exception {
        ECPublicKeyParameters key = (ECPublicKeyParameters) PublicKeyFactory.createKey(Hex.decode(spki));
        if (!key.getParameters().getCurve().equals(DOMAIN.getCurve())) {
            throw new IllegalArgumentException("another curve");
        }
        return key;
    }
}
