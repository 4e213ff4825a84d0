import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bouncycastle.crypto.agreement.SM2KeyExchange;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.SM2KeyExchangePrivateParameters;
import org.bouncycastle.crypto.params.SM2KeyExchangePublicParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.util.encoders.Hex;

/** One side of SM2 key agreement (GB/T 32918.3) by BouncyCastle, for Check. */
final class Agreement {
    private Agreement() {}

    /**
     * Returns what a side has, in hexadecimal: the initiator its key and S_A, its S_B given and found right; the responder its key,
     * S_B and the S_A it waits for.
     *
     * @param words A|B, own key and ephemeral key (PKCS#8 files), own ID, the other's key and share (SubjectPublicKeyInfo files),
     *     the other's ID, octets of key, and S_B for the initiator
     */
    static String agree(String[] words) throws Exception {
        boolean initiator = words[0].equals("A");
        SM2KeyExchange exchange = new SM2KeyExchange();
        ECPrivateKeyParameters own = (ECPrivateKeyParameters) PrivateKeyFactory.createKey(read(words[1]));
        ECPrivateKeyParameters ephemeral = (ECPrivateKeyParameters) PrivateKeyFactory.createKey(read(words[2]));
        exchange.init(new ParametersWithID(new SM2KeyExchangePrivateParameters(initiator, own, ephemeral), octets(words[3])));
        ECPublicKeyParameters other = (ECPublicKeyParameters) PublicKeyFactory.createKey(read(words[4]));
        ECPublicKeyParameters share = (ECPublicKeyParameters) PublicKeyFactory.createKey(read(words[5]));
        ParametersWithID theirs =
                new ParametersWithID(new SM2KeyExchangePublicParameters(other, share), octets(words[6]));
        int bits = 8 * Integer.parseInt(words[7]);
        byte[] confirmation = initiator ? Hex.decode(words[8]) : null;
        byte[][] found = exchange.calculateKeyWithConfirmation(bits, confirmation, theirs);
        StringBuilder told = new StringBuilder();
        for (byte[] each : found) {
            told.append(told.length() == 0 ? "" : " ").append(Hex.toHexString(each));
        }
        return told.toString();
    }

    private static byte[] octets(String identity) {
        return identity.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] read(String file) throws Exception {
        return Files.readAllBytes(Path.of(file));
    }
}
