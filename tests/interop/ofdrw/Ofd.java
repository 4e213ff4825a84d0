import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.ofdrw.converter.ImageMaker;
import org.ofdrw.core.signatures.SigType;
import org.ofdrw.reader.ContentExtractor;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.container.GBT35275ValidateContainer;
import org.ofdrw.sign.verify.container.SESV1ValidateContainer;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/** ofdrw's opinion of an OFD: a line of words in, a line out. */
public class Ofd {
    public static void main(String[] none) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        java.io.PrintStream out = new java.io.PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split("\t");
            String answer;
            try {
                switch (words[0]) {
                    case "verify": answer = "OK " + verify(Paths.get(words[1]), words[2]); break;
                    case "text": answer = "OK " + text(Paths.get(words[1])); break;
                    case "draw": answer = "OK " + draw(Paths.get(words[1]), Paths.get(words[2])); break;
                    default: answer = "REFUSED unknown question";
                }
            } catch (Exception error) {
                answer = "REFUSED " + error.getClass().getSimpleName() + " " + error.getMessage();
            }
            out.println(answer.replace('\n', ' '));
        }
    }

    /** Digests, the seal against the signed value, and the signed value, of every signature. */
    private static String verify(Path file, String edition) throws Exception {
        List<String> types = new ArrayList<>();
        try (OFDReader reader = new OFDReader(file); OFDValidator validator = new OFDValidator(reader)) {
            validator.setValidator((type, method, protectedOctets, value) -> {
                types.add(type.toString());
                if (type == SigType.Sign) {
                    new GBT35275ValidateContainer().validate(type, method, protectedOctets, value);
                } else if (edition.equals("1")) {
                    new SESV1ValidateContainer().validate(type, method, protectedOctets, value);
                } else {
                    new SESV4ValidateContainer().validate(type, method, protectedOctets, value);
                }
            });
            validator.exeValidate();
        }
        return String.join(" ", types);
    }

    private static String text(Path file) throws Exception {
        try (OFDReader reader = new OFDReader(file)) {
            return String.join("|", new ContentExtractor(reader).extractAll());
        }
    }

    private static String draw(Path file, Path picture) throws Exception {
        try (OFDReader reader = new OFDReader(file)) {
            ImageMaker maker = new ImageMaker(reader, 8);
            ImageIO.write(maker.makePage(0), "PNG", picture.toFile());
            return Integer.toString(maker.pageSize());
        }
    }
}
