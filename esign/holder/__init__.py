"""The pages and calls by which a signed-in holder lets his licences be used (用证授权); who is signed in is its caller's to say."""
